package subscale

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"
)

// Ways are the ways to draw.
var Ways = map[string]func(backend compute.Backend, store *model.Store, config Config, images int) drawer{
	"side by side": waves, "in turn": steps, "full passes": fullPasses,
}
