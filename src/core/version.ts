/** The version that journals name as their maker. */
export { version } from '../../package.json';
