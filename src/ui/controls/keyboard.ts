/** The page's keys. They leave alone whatever already has a use for them: fields, menus, the tree, the brush. */

export type KeyAction =
  | 'toggle'
  | 'phase'
  | 'iteration'
  | 'back'
  | 'forward'
  | 'back-iteration'
  | 'forward-iteration'
  | 'first'
  | 'last'
  | 'help';

/** What the sheet of keys lists, by name in the catalogue. */
export const shortcuts = [
  'toggle',
  'phase',
  'iteration',
  'phases',
  'iterations',
  'ends',
  'help',
  'tree',
  'groups',
  'brush',
] as const;

const actions: Record<string, KeyAction> = {
  ' ': 'toggle',
  '.': 'phase',
  '>': 'iteration',
  ArrowLeft: 'back',
  ArrowRight: 'forward',
  Home: 'first',
  End: 'last',
  '?': 'help',
};

/** The element in focus, as far as it matters here. */
export interface KeyTarget {
  readonly tag: string;
  readonly role: string | null;
  readonly editable: boolean;
}

/** What a key press asks for, or null. */
export function keyAction(
  { key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent,
  target: KeyTarget,
): KeyAction | null {
  if (ctrlKey || metaKey || altKey) return null;
  if (target.editable || ['INPUT', 'SELECT', 'TEXTAREA', 'DIALOG'].includes(target.tag))
    return null;
  const pressable = ['BUTTON', 'SUMMARY', 'A'].includes(target.tag);
  if (key === ' ' && (pressable || target.role === 'application')) return null;
  const action = actions[key] ?? null;
  if (shiftKey && action === 'back') return 'back-iteration';
  if (shiftKey && action === 'forward') return 'forward-iteration';
  return action;
}
