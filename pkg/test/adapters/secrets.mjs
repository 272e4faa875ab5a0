/** The secrets of the tests' sources. */
export const SECRETS = {
  peeker: "the secret of the first source",
  boateros: "the secret of the second source",
};
