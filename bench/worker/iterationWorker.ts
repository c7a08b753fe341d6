import { expose } from 'comlink';
import { iterationApi } from './iterationApi';

expose(iterationApi);
