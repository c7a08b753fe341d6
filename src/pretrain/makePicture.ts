/** The policies of picture scenes: a teacher from data, and from the teacher the student that ships. */
import { Network } from '../engine/network';
import type { NetworkOptions } from '../engine/network';
import { decodeModel } from '../onnx/format/decode';
import { encodeModel } from '../onnx/format/encode';
import { flops } from '../onnx/passes/flops';
import type { Graph, PolicyModel } from '../onnx/graph';
import { liftParameters, withWeights } from '../onnx/passes/lift';
import { policyFromGraph } from '../onnx/policy';
import { decodeCheckpoint, encodeCheckpoint, fingerprintOf } from './checkpoint';
import type { FlowBatch } from './flowMatching';
import { pictureBatch } from './pictureData';
import type { PictureRecipe } from './pictureRecipes';
import { pretrain, startTraining } from './pretrain';
import type { PretrainOptions, Training } from './pretrain';
import { jumpBatch, teacherPaths } from './progressive';
import { regressionGraph, regressionLearner } from './regression';

/** Where training runs, and how it is watched, saved and gone on with. */
export interface Course {
  readonly engine: NetworkOptions;
  /** A checkpoint to go on from if it fits. */
  readonly checkpoint?: Uint8Array | null;
  /** Told of the checkpoint that is gone on from. */
  readonly onResume?: (steps: number) => void;
  readonly onCheckpoint?: (bytes: Uint8Array) => void;
  readonly onStep?: (step: number, loss: number) => void;
  /** Told how much of the teacher's paths is there. */
  readonly onPaths?: (done: number, count: number) => void;
}

export interface MadePicture {
  readonly bytes: Uint8Array;
  /** Operations of training and, for a student, of sampling the teacher. */
  readonly trainingFlops: number;
}

const CHECKPOINT_EVERY = 100;

/** A teacher from `training.seed`: the file, weights in float32. */
export async function makeTeacher(
  recipe: PictureRecipe,
  training: Training,
  course: Course,
): Promise<MadePicture> {
  const { seed, steps, batch } = training;
  const graph = recipe.build(seed, {
    scene: recipe.scene,
    ...{ seed: String(seed), steps: String(steps), batch: String(batch) },
  });
  const model = policyFromGraph(graph);
  const draw: PretrainOptions['draw'] = (dataSeed, noiseSeed) =>
    pictureBatch(recipe, batch, dataSeed, noiseSeed);
  const weights = await train(model, { ...training, draw }, course);
  const bytes = encodeModel(withWeights(liftParameters(graph), weights));
  return { bytes, trainingFlops: trainingCost(model, training) };
}

/** The student of the teacher in `teacher`: the file, weights in float16. */
export async function makeStudent(
  recipe: PictureRecipe,
  teacher: Uint8Array,
  training: Training,
  course: Course,
): Promise<MadePicture> {
  const { seed, steps, batch } = training;
  const read = decodeModel(teacher);
  const graph: Graph = {
    ...read,
    metadata: {
      ...read.metadata,
      distillation: 'progressive',
      ...{ distillationSteps: String(steps), distillationSeed: String(seed) },
    },
  };
  const model = policyFromGraph(graph);
  const { paths: count, teacherSteps, jump } = recipe.distillation;
  const network = await Network.create(model, course.engine);
  const sampler = { network, weights: model.initialWeights };
  const pathCourse = { seed, teacherSteps, onPaths: course.onPaths };
  const paths = await teacherPaths(recipe, sampler, count, pathCourse);
  await network.destroy();
  const draw = (dataSeed: number, noiseSeed: number): FlowBatch =>
    jumpBatch(paths, { size: batch, jump, dataSeed, noiseSeed, timeShift: recipe.timeShift });
  const weights = await train(model, { ...training, draw }, course, { count, teacherSteps, jump });
  return {
    bytes: encodeModel(withWeights(liftParameters(graph), weights), { weights: 'float16' }),
    trainingFlops: trainingCost(model, training) + teacherSteps * flops(model.forward, count),
  };
}

const trainingCost = (model: PolicyModel, { steps, batch }: Training): number =>
  steps * flops(regressionGraph(model), batch);

/** `data` says what `options.draw` draws from: a checkpoint of other data is not gone on from. */
async function train(
  model: PolicyModel,
  options: PretrainOptions,
  course: Course,
  data: object = {},
): Promise<Float32Array> {
  const { draw: _, onStep: __, ...training } = options;
  const fingerprint = fingerprintOf(model.initialWeights, { ...training, ...data });
  const saved =
    course.checkpoint && decodeCheckpoint(course.checkpoint, fingerprint, model.parameterLength);
  const state = saved ? saved : startTraining(model.initialWeights);
  if (saved) course.onResume?.(saved.steps);
  const learner = await regressionLearner(model, course.engine);
  try {
    await pretrain(learner, state, {
      ...options,
      onStep: (step, loss) => {
        course.onStep?.(step, loss);
        if (state.steps % CHECKPOINT_EVERY === 0) {
          course.onCheckpoint?.(encodeCheckpoint(state, fingerprint));
        }
      },
    });
  } finally {
    await learner.close();
  }
  return state.average;
}
