/** English, the language that every other one falls back to. One object per reader, so that none loads the others'. */
import { algorithms } from './algorithms';
import { engineErrors } from './engineErrors';
import { errors } from './errors';
import { measures } from './measures';
import { networkErrors } from './networkErrors';
import { pageErrors } from './pageErrors';
import { problems } from './problems';
import { scenes } from './scenes';
import { session } from './session';
import { settings } from './settings';
import { terminalErrors } from './terminalErrors';

/** What worker, terminal and page say. */
export const shared = {
  ...errors,
  ...engineErrors,
  ...networkErrors,
  ...terminalErrors,
  ...pageErrors,
  ...problems,
  ...session,
  ...settings,
  ...measures,
  ...algorithms,
  ...scenes,
} as const;
