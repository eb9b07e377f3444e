package pixelrnn

import (
	"testing"

	"github.com/gomlx/compute/gobackend"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
)

// The counts are those of the variables that the nets really make.
func TestParameters(t *testing.T) {
	backend, err := gobackend.New("parallelism=-1")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	plain := pixelcnn.Plain{Channels: 7, Layers: 3, First: 5, Kernel: 3}
	for name, test := range map[string]struct {
		count, colours int
		logProb        func(*model.Scope, *Node) *Node
	}{
		"diagonal":    {Config{}.Parameters(), 1, Config{}.LogProb},
		"row":         {Config{Cell: RowLSTM, Kernel: 5, Layers: 3}.Parameters(), 1, Config{Cell: RowLSTM, Kernel: 5, Layers: 3}.LogProb},
		"grey":        {Config{Levels: 16, Head: 20}.Parameters(), 1, Config{Levels: 16, Head: 20}.LogProb},
		"colours":     {Config{Colours: 3, Levels: 8, Channels: 6}.Parameters(), 3, Config{Colours: 3, Levels: 8, Channels: 6}.LogProb},
		"multi-scale": {MultiScale{Config{Channels: 5}, Config{Channels: 8}}.Parameters(), 1, MultiScale{Config{Channels: 5}, Config{Channels: 8}}.LogProb},
		"multi-scale, row": {
			MultiScale{Config{Channels: 5}, Config{Cell: RowLSTM, Channels: 8, Told: 3}}.Parameters(), 1,
			MultiScale{Config{Channels: 5}, Config{Cell: RowLSTM, Channels: 8, Told: 3}}.LogProb,
		},
		"plain": {plainParameters(plain), 1, func(s *model.Scope, x *Node) *Node { return plain.LogProb(s, x, nil) }},
	} {
		store := model.NewStore()
		if _, err := model.CallOnce(backend, store, test.logProb, tensors.FromFlatDataAndDimensions(make([]float32, 24*test.colours), 1, 4, 6, test.colours)); err != nil {
			t.Fatal(err)
		}
		if n := store.RootScope().NumParameters(); n != test.count {
			t.Errorf("%s: counted %d, it has %d", name, test.count, n)
		}
	}
}
