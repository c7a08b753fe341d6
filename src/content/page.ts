/** What the page may say: all that everyone may, and its own labels, sentences and explanations. */
import { speaker } from './catalogue';
import { shared } from './messages/en';
import { page } from './messages/en/page';

export { sayIfKnown } from './catalogue';

export const say = speaker({ ...shared, ...page });
