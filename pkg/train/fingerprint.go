package train

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
)

// Fingerprint is a SHA-256 of the run's configuration, as JSON, and of every variable in the order of paths: path, type, shape, bytes. So two runs have the same
// one if they compute the same. The state of the random numbers, which drawing moves on, is not part of it.
func (r *Run) Fingerprint() ([32]byte, error) {
	sum, err := r.fingerprint()
	if err != nil {
		return sum, fmt.Errorf("train: fingerprint of run %s: %w", r.Title(), err)
	}
	return sum, nil
}

func (r *Run) fingerprint() (sum [32]byte, err error) {
	hash := sha256.New()
	if err := json.NewEncoder(hash).Encode(r.Config); err != nil {
		return sum, err
	}
	var variables []*model.Variable
	for v := range r.Store.IterVariables() {
		if v.Name() != model.RNGStateVariableName {
			variables = append(variables, v)
		}
	}
	slices.SortFunc(variables, func(a, b *model.Variable) int { return strings.Compare(a.Path(), b.Path()) })
	for _, v := range variables {
		value, err := v.Value()
		if err != nil {
			return sum, err
		}
		fmt.Fprintf(hash, "%q %s\n", v.Path(), value.Shape())
		if err := value.ConstBytes(func(raw []byte) { hash.Write(raw) }); err != nil {
			return sum, err
		}
	}
	return [32]byte(hash.Sum(nil)), nil
}
