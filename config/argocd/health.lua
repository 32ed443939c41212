-- How Argo CD reads the health of an OAuthClient, a TokenPolicy or a TokenIssuer. It never takes one for healthy whose
-- Ready is not True for the version that was applied. What is being deleted, Argo CD judges by itself.
local status = obj.status
if status == nil or status.conditions == nil or status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "The operator has not seen this version yet"}
end
local found = {}
for _, condition in ipairs(status.conditions) do
  found[condition.type] = condition
end
if found.Stalled ~= nil and found.Stalled.status == "True" then
  return {status = "Degraded", message = found.Stalled.reason .. ": " .. found.Stalled.message}
end
if found.Ready == nil then
  return {status = "Progressing", message = "The operator has not judged this version yet"}
end
if found.Ready.status == "True" then
  return {status = "Healthy", message = found.Ready.message}
end
return {status = "Progressing", message = found.Ready.reason .. ": " .. found.Ready.message}
