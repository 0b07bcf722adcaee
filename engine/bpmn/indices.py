"""Who belongs to whom in a state: made when first asked for, and kept up by the machine from then on."""

from engine.bpmn.state import State

#: id -> ids, as a dictionary's keys: in order of their numbers, and one is taken out in constant time
Index = dict[str, dict[str, None]]


class Indices:
    """Guests, inner scopes, tokens and joins of a state, by their owner."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._guests: Index | None = None
        self._inner: Index | None = None
        self._held: Index | None = None
        self._joins: Index | None = None

    @property
    def guests(self) -> Index:
        """The guests of each token and scope, by number."""
        if self._guests is None:
            self._guests = {}
            for key, token in self.state.tokens.items():
                if "host" in token:
                    self._guests.setdefault(token["host"], {})[key] = None
        return self._guests

    @property
    def inner(self) -> Index:
        """The scopes that each token stands for, and the running handlers of each scope."""
        if self._inner is None:
            self._inner = {}
            for key, scope in self.state.scopes.items():
                outside = scope.get("token") or scope.get("up")
                if outside is not None:
                    self._inner.setdefault(outside, {})[key] = None
        return self._inner

    @property
    def held(self) -> Index:
        """The tokens in each scope, guests included."""
        if self._held is None:
            self._held = {}
            for key, token in self.state.tokens.items():
                self._held.setdefault(token["in"], {})[key] = None
        return self._held

    @property
    def joins(self) -> Index:
        """The keys of the joins of each scope."""
        if self._joins is None:
            self._joins = {}
            for key in self.state.joins:
                self._joins.setdefault(key.split("/", 1)[0], {})[key] = None
        return self._joins
