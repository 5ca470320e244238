import "reflect-metadata";
import { TOKENS, type Collaborators } from "@k3d/core";
import { container, type DependencyContainer } from "tsyringe";

/** What core's operations are resolved from. A module of its own: lists do without it. */
export function scopeOf(collaborators: Collaborators): DependencyContainer {
  const scope = container.createChildContainer();
  for (const [name, value] of Object.entries(collaborators))
    scope.register(TOKENS[name as keyof Collaborators], { useValue: value });
  scope.register(TOKENS.collaborators, { useValue: collaborators });
  return scope;
}
