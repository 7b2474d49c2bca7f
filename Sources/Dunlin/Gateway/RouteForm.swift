/// The kinds of addresses under which a route answers.
enum RouteForm: Sendable {
    /// As the route table says.
    case plain
    /// `/v1/{project}/{deployment}` and the route's own path behind it, as Hopsworks' gateway has them.
    case deployment
    /// `/hopsworks-api/api/project/{project}/inference/models/{model}:predict`, Hopsworks' own REST interface.
    case legacy
}
