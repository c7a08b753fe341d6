/** The rule of every operator that the WGSL plan can run, by its ONNX name. */
import { arithmetic } from './arithmetic';
import { functions } from './functions';
import { indexing } from './indexing';
import { movement } from './movement';
import { normalisation } from './normalisation';
import { products } from './products';
import { reductions } from './reductions';
import type { Rules } from './rule';

export const rules: Rules = {
  ...arithmetic,
  ...functions,
  ...products,
  ...reductions,
  ...normalisation,
  ...movement,
  ...indexing,
};
