//go:build !cgo || !(linux || darwin) || noxla

package engine

import "errors"

const (
	hasXLA     = false
	openRemedy = "install a C compiler, such as gcc, and run this again"
)

func openXLA(_, _ string) (*Engine, error) {
	return nil, errors.New("this program was built without cgo, which XLA needs")
}
