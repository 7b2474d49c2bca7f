/// Where an address leads, and what is asked of who comes there.
struct RouteTarget: Sendable {
    let endpoint: Endpoint
    let group: EndpointGroup
    /// The route's own, without what the gateway puts in front.
    let path: String
    let form: RouteForm
    /// The scope that a key needs; `nil`: none is needed.
    let scope: AccessScope?
    /// As `Route` says.
    let checksModels: Bool
    let isGRPC: Bool

    init(_ route: Route, form: RouteForm = .plain) {
        endpoint = route.endpoint
        group = route.group
        path = route.path
        self.form = form
        scope = route.scope
        checksModels = route.checksModels
        isGRPC = route.isGRPC
    }
}
