/** Opens the studio. Styles and the typeface come first, so that nothing is painted twice. */
import '@fontsource-variable/inter/index.css';
import './app.css';
import { mount } from 'svelte';
import App from './ui/App.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('The page has no element "app" to draw into.');
mount(App, { target });
