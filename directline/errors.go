package directline

// Error codes of the protocol. Code and status are stable, messages are not.
const (
	CodeBadArgument         = "BadArgument"         // 400: a parameter has no meaning
	CodeBadSyntax           = "BadSyntax"           // 400: the body is not what it should be
	CodeMissingProperty     = "MissingProperty"     // 400: a required property is missing
	CodeUnauthorized        = "Unauthorized"        // 401: no credentials
	CodeForbidden           = "Forbidden"           // 403: not with these credentials
	CodeTokenExpired        = "TokenExpired"        // 403: the token is too old
	CodeServiceError        = "ServiceError"        // 500, 503: the channel failed
	CodeBotRejectedActivity = "BotRejectedActivity" // 502: the agent answered with an error, or cannot be reached
	CodeBotError            = "BotError"            // 504: the agent did not answer in time
)

// An ErrorResponse is the body of every answer that is not a success.
type ErrorResponse struct {
	Error Error `json:"error"`
}

// An Error says what went wrong.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}
