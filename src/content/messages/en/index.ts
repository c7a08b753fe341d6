/** English, the language that every other one falls back to. One object per reader, so that none loads the others'. */
import { engineErrors } from './engineErrors';
import { errors } from './errors';
import { networkErrors } from './networkErrors';
import { problems } from './problems';
import { session } from './session';

/** What worker, terminal and page say. */
export const shared = {
  ...errors,
  ...engineErrors,
  ...networkErrors,
  ...problems,
  ...session,
} as const;
