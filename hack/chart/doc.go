// Command chart writes the Helm chart, made from what kustomize renders of config/: there is no second truth to keep in
// step. Objects that config/default and config/namespaced have in common stand in the chart as they are; where the two
// differ, the value watchNamespaces decides.
package main
