package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Places are the coordinates of every pixel, from −1 to 1: [1,H,W,2]. They do not depend on the image, so they tell nothing that must not be known.
func Places(g *Graph, height, width int) *Node {
	at := make([]float32, 0, 2*height*width)
	for row := range height {
		for col := range width {
			at = append(at, Coordinate(row, height), Coordinate(col, width))
		}
	}
	return ConstTensor(g, tensors.FromFlatDataAndDimensions(at, 1, height, width, 2))
}

// Coordinate is where the i-th of n rows or columns stands, from −1 to 1.
func Coordinate(i, n int) float32 { return 2*float32(i)/float32(max(1, n-1)) - 1 }
