package endpoint

// Callable is what is asked of each address that a client's server may be at.
var Callable = callable
