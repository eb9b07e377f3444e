package show

import (
	"fmt"
	"image"
)

// Plane is a map of digits, such as t-SNE draws: y holds each point's two coordinates in turn, labels its digit, and pictures, if there are any, what appears
// when one points at it.
func Plane(title string, y []float64, labels []uint8, pictures []image.Image) Scatter {
	fig := Scatter{Title: title, Bare: true, Images: pictures}
	for digit := range 10 {
		fig.Names = append(fig.Names, fmt.Sprint(digit))
	}
	for i := 0; i+1 < len(y); i += 2 {
		fig.X, fig.Y = append(fig.X, y[i]), append(fig.Y, y[i+1])
	}
	for _, label := range labels {
		fig.Class = append(fig.Class, int(label))
	}
	return fig
}
