/** Draws the studio into the page. A module of its own, so that main.ts can ask for the worker before it is loaded. */
import { mount } from 'svelte';
import App from './App.svelte';

export const mountStudio = (target: HTMLElement): unknown => mount(App, { target });
