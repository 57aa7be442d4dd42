package parley

// A lineage is what a Config shares with its Clones.
type lineage struct{}

func newLineage() *lineage { return &lineage{} }

type rules struct{}
