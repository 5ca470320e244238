// tsyringe refuses to load without this polyfill; loading it here keeps that from every importer of core.
import "reflect-metadata";

export { inject, injectable } from "tsyringe";
