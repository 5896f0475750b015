# ptrun_room(NAME LINKS ...): the folder src/NAME as the static library ptrun_NAME. Every .c file in the
# folder belongs to it: the folder list is the architecture.
function(ptrun_room name)
  cmake_parse_arguments(ROOM "" "" "LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  add_library(ptrun_${name} STATIC ${sources})
  ptrun_target_defaults(ptrun_${name})
  target_link_libraries(ptrun_${name} PUBLIC ${ROOM_LINKS})
endfunction()
