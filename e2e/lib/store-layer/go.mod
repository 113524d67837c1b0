module store-layer

go 1.22
