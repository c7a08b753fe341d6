/**
 * ESLint rule: words that people read come from the catalogue (src/content), so that another language changes no
 * component and no module.
 *
 * In markup that is every text and every attribute that is read out or shown; in code every string that reads like a
 * phrase or a sentence. Error, RangeError and TypeError are for those who read the program: what they say may stay.
 */

const word = /\p{L}{2,}/u;

/** "Saving the run", "It is cut off." */
const phrase = /^\p{Lu}\p{Ll}*[’']?\p{Ll}*(,? [\p{L}\d×“”"’'(){}=+.-]+)+[.,:;!?…]?(\s|$)/u;

/** Four words in a row: "it comes after run-ended". */
const clause = /(\p{L}{2,}[’,;:]* ){3}\p{L}{2,}/u;

/** Attributes, of elements and of our components, that hold words. */
const spokenAttributes =
  /^(alt|aria-(description|label|placeholder|roledescription|valuetext)|label|placeholder|says|summary|text|title|what)$/;

/** The project's name is the same in every language. */
const names = new Set(['espalier']);

/** @param {string} text @returns {boolean} */
export const readsLikeWords = (text) => (phrase.test(text) && word.test(text)) || clause.test(text);

/** @typedef {import('eslint').Rule.Node & { parent: any, value?: any, quasis?: any[], key?: any, callee?: any, type: string }} Node */

/** @param {Node} node @returns {boolean} whether it is said to programmers, or is code */
function isForPrograms(node) {
  const { parent } = node;
  if (!parent) return false;
  if (parent.type === 'NewExpression') return /^(Range|Type)?Error$/.test(parent.callee.name ?? '');
  if (parent.type === 'TaggedTemplateExpression') return true;
  return /^(Import|Export|TSLiteralType)/.test(parent.type);
}

/** @type {import('eslint').Rule.RuleModule} */
export const wordsInCatalogue = {
  meta: {
    type: 'problem',
    docs: { description: 'take words that people read from the catalogue' },
    messages: {
      words: 'Words belong into the catalogue: say(…) of src/content. Found: “{{text}}”.',
    },
    schema: [],
  },
  create(context) {
    /** @param {Node} node @param {string} text */
    const report = (node, text) =>
      context.report({ node, messageId: 'words', data: { text: text.trim().slice(0, 60) } });

    /** @param {Node} node @param {string} text */
    const examineCode = (node, text) => {
      if (readsLikeWords(text) && !isForPrograms(node)) report(node, text);
    };
    return {
      /** @param {Node} node */
      Literal(node) {
        if (typeof node.value === 'string') examineCode(node, node.value);
      },
      /** @param {Node} node */
      TemplateLiteral(node) {
        examineCode(node, (node.quasis ?? []).map((quasi) => quasi.value.cooked).join('{}'));
      },
      /** @param {Node} node */
      SvelteText(node) {
        if (node.parent.type === 'SvelteStyleElement') return;
        if (word.test(node.value) && !names.has(node.value.trim())) report(node, node.value);
      },
      /** @param {Node} node */
      SvelteAttribute(node) {
        if (!spokenAttributes.test(node.key.name)) return;
        for (const part of node.value) {
          if (part.type === 'SvelteLiteral' && word.test(part.value)) report(part, part.value);
        }
      },
    };
  },
};
