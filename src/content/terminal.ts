/** What the terminal may say: all that everyone may, and its own help and tables. */
import { speaker } from './catalogue';
import { shared } from './messages/en';
import { terminal } from './messages/en/terminal';

export const say = speaker({ ...shared, ...terminal });
