// Which branch of the tree each name belongs to: branches differ in colour.

/** @typedef {import("../model/tree.js").NameTree} NameTree */

/**
 * The depth at which the tree first has several names: above it there is only the trunk.
 * @param {NameTree} tree
 */
function branchingDepth(tree) {
  let siblings = tree.roots;
  let depth = 0;
  while (siblings.length === 1 && tree.children[siblings[0]].length > 0) {
    siblings = tree.children[siblings[0]];
    depth++;
  }
  return depth;
}

/**
 * The number of each name's branch, in the order in which branches came; 0 for the trunk.
 * @param {NameTree} tree
 * @returns {Uint32Array}
 */
export function branchesOf(tree) {
  const branches = new Uint32Array(tree.length);
  const depth = branchingDepth(tree);
  let next = depth > 0 ? 1 : 0;
  for (let node = 0; node < tree.length; node++) {
    if (tree.depth[node] === depth) branches[node] = next++;
    else if (tree.depth[node] > depth) branches[node] = branches[tree.parent[node]];
  }
  return branches;
}
