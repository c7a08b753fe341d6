/** What went wrong in the page itself: files, the browser's storage. */
export const pageErrors = {
  'error.fileNotFetched': '{{name}} could not be fetched.',
  'error.fileNotFetched.hint':
    'The run on the page is unchanged. Check the connection and try again.',
  'error.unknownAlgorithm':
    'The run was made by an algorithm this page does not know: {{algorithm}}.',
  'error.unknownAlgorithm.hint': 'The run on the page is unchanged.',
  'error.noWeightsInRecording':
    'This recording was made without a checkpoint, so it has no weights.',
  'error.noWeightsInRecording.hint': 'Train the run again, or open a file that was saved with one.',
  'error.storageFull': 'This browser has no room left for the run.',
  'error.storageFull.hint': 'The run on the page goes on as before. Save it to a file to keep it.',
  'error.storageDenied': 'This browser does not let the page keep runs.',
  'error.storageDenied.hint':
    'The run on the page goes on as before. Save it to a file to keep it.',
  'error.noRunKept': 'No run is kept here any more.',
} as const;
