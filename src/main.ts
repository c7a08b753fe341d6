/**
 * Opens the studio. The training worker is asked for first, since it takes longest to load; the studio's code comes
 * beside it. Styles and the typeface come before both, so that nothing is painted twice.
 */
import '@fontsource-variable/inter/index.css';
import './app.css';
import { prepareTrainingWorker } from './workers/trainingWorker';

prepareTrainingWorker();

const target = document.getElementById('app');
if (!target) throw new Error('The page has no element "app" to draw into.');
const { mountStudio } = await import('./ui/mountStudio');
mountStudio(target);
