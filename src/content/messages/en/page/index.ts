/** What only the page says. */
import { controls } from './controls';
import { frame } from './frame';
import { nodes } from './nodes';
import { panels } from './panels';
import { telling } from './telling';

export const page = { ...frame, ...controls, ...panels, ...nodes, ...telling } as const;
