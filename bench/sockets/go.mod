module sockbench

go 1.26
