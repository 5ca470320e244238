export { dockerFactory as default } from "./factory.js";
