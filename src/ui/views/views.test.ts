import { expect, it } from 'vitest';
import { scenes } from '../../scenes';
import { viewOf, views } from '.';

it.each(Object.values(scenes))('$name is looked at in a view that serves it', (scene) => {
  expect(viewOf(scene).serves(scene)).toBe(true);
});

it('a view serves no scene that names another one', () => {
  for (const scene of Object.values(scenes)) {
    const others = Object.values(views).filter(({ name }) => name !== scene.view);
    expect(others.filter((view) => view.serves(scene))).toEqual([]);
  }
});

it('every view stands under its own name and says what it is', () => {
  for (const [name, view] of Object.entries(views)) {
    expect(view.name).toBe(name);
    expect(view.title).not.toBe('');
  }
});
