// Starts Swagger UI over the API's own description: a file, since no page of ours may run inline script.
window.ui = SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#swagger',
  deepLinking: true,
  validatorUrl: null, // would send the description elsewhere
});
