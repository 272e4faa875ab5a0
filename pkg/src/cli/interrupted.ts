/** The command is to end, without a word: somebody pressed Ctrl-C, or nobody reads any more. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}
