package engine

import (
	"fmt"
	"reflect"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
)

// openGo opens the pure-Go backend with unlimited parallelism, since its bounded worker pool deadlocks on small machines.
func openGo(why, remedy string) (*Engine, error) {
	backend, err := gobackend.New("")
	if err != nil {
		return nil, fmt.Errorf("engine: opening pure Go: %w", err)
	}
	if !unlimit(backend) {
		if backend, err = gobackend.New("parallelism=-1"); err != nil {
			return nil, fmt.Errorf("engine: opening pure Go: %w", err)
		}
	}
	return &Engine{Backend: backend, Kind: "go", Device: "cpu", Why: why, remedy: remedy}, nil
}

// unlimit does what the option "parallelism=-1" does, without the line that the option prints on stdout.
// The field and the method are exported, but their package is internal, hence by reflection.
func unlimit(backend compute.Backend) bool {
	field := reflect.Indirect(reflect.ValueOf(backend)).FieldByName("Workers")
	if !field.IsValid() {
		return false
	}
	workers, ok := field.Interface().(interface{ SetMaxParallelism(int) })
	if ok {
		workers.SetMaxParallelism(-1)
	}
	return ok
}
