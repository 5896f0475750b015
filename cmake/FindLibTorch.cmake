# LibTorch without its own CMake package, which on a CUDA build demands the CUDA toolkit: who compiles no
# CUDA code needs only the headers, libtorch_cpu and libc10.
#
# Looks where the user says: Torch_DIR, LIBTORCH (variables, then environment), CMAKE_PREFIX_PATH; else in
# the project's .venv. Gives the target LibTorch::LibTorch, LibTorch_VERSION, LibTorch_LIBRARY_DIR and
# LibTorch_CXX_STANDARD.

# The folders that may hold include/ and lib/, most wanted first. Where the user names one, it is the only one.
function(libtorch_candidates out)
  foreach(name Torch_DIR LIBTORCH)
    foreach(value "${${name}}" "$ENV{${name}}")
      if(value AND NOT value MATCHES "-NOTFOUND$")
        if(EXISTS "${value}/TorchConfig.cmake") # Torch_DIR is ROOT/share/cmake/Torch
          cmake_path(SET value NORMALIZE "${value}/../../..")
        elseif(EXISTS "${value}/libtorch_cpu.so")
          cmake_path(SET value NORMALIZE "${value}/..")
        endif()
        set(${out} "${value}" PARENT_SCOPE)
        return()
      endif()
    endforeach()
  endforeach()
  string(REPLACE ":" ";" from_environment "$ENV{CMAKE_PREFIX_PATH}")
  set(candidates ${CMAKE_PREFIX_PATH} ${from_environment})
  list(TRANSFORM candidates REPLACE "/share/cmake(/Torch)?/?$" "") # what torch.utils.cmake_prefix_path prints
  file(GLOB wheels ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
  set(${out} ${candidates} ${wheels} PARENT_SCOPE)
endfunction()

libtorch_candidates(LibTorch_CANDIDATES)
# Not cached: another LIBTORCH on the next run must count.
unset(LibTorch_ROOT_DIR)
foreach(candidate IN LISTS LibTorch_CANDIDATES)
  if(EXISTS "${candidate}/lib/libtorch_cpu.so" AND EXISTS "${candidate}/lib/libc10.so"
     AND EXISTS "${candidate}/include/torch/csrc/jit/serialization/import.h")
    set(LibTorch_ROOT_DIR "${candidate}")
    break()
  endif()
endforeach()

if(LibTorch_ROOT_DIR)
  cmake_path(ABSOLUTE_PATH LibTorch_ROOT_DIR BASE_DIRECTORY ${CMAKE_SOURCE_DIR} NORMALIZE) # it becomes a RUNPATH
  set(LibTorch_LIBRARY_DIR "${LibTorch_ROOT_DIR}/lib")
  set(include "${LibTorch_ROOT_DIR}/include")
  file(STRINGS "${include}/torch/headeronly/version.h" lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
  list(TRANSFORM lines REPLACE ".* ([0-9]+)$" "\\1")
  list(JOIN lines "." LibTorch_VERSION)
  file(STRINGS "${LibTorch_ROOT_DIR}/share/cmake/Torch/TorchConfig.cmake" standard REGEX "CXX_STANDARD [0-9]+")
  string(REGEX REPLACE ".*CXX_STANDARD ([0-9]+).*" "\\1" LibTorch_CXX_STANDARD "${standard}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_ROOT_DIR LibTorch_CXX_STANDARD VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "looked in: ${LibTorch_CANDIDATES}")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED GLOBAL)
  target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE ${include} ${include}/torch/csrc/api/include)
  target_link_libraries(LibTorch::LibTorch INTERFACE ${LibTorch_LIBRARY_DIR}/libtorch_cpu.so ${LibTorch_LIBRARY_DIR}/libc10.so)
endif()
