/** Input of every recipe: the code that turns recipes into images. */
export const BUILDER = "test/images/build";
