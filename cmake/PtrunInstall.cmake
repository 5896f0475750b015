# What `cmake --install` lays down beside program and engines: the headers of the engine boundary, and the
# manual page and the completions, which the program makes from its own option tables.
include(GNUInstallDirs)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ptrun DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

if(PTRUN_SANITIZE OR CMAKE_CROSSCOMPILING) # the program is not for installing, or cannot run here
  return()
endif()

# ptrun_install_text(FOLDER FILE ARGUMENT...): what `ptrun help ARGUMENT...` prints, as FOLDER/FILE.
function(ptrun_install_text folder file)
  set(path ${PROJECT_BINARY_DIR}/generated/${file})
  add_custom_command(OUTPUT ${path} COMMAND ptrun help ${ARGN} > ${path} DEPENDS ptrun VERBATIM)
  set_property(GLOBAL APPEND PROPERTY PTRUN_TEXTS ${path})
  install(FILES ${path} DESTINATION ${folder})
endfunction()

file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/generated)
ptrun_install_text(${CMAKE_INSTALL_MANDIR}/man1 ptrun.1 --man)
ptrun_install_text(${CMAKE_INSTALL_DATADIR}/bash-completion/completions ptrun --completion bash)
ptrun_install_text(${CMAKE_INSTALL_DATADIR}/zsh/site-functions _ptrun --completion zsh)
ptrun_install_text(${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d ptrun.fish --completion fish)
get_property(texts GLOBAL PROPERTY PTRUN_TEXTS)
add_custom_target(ptrun_texts ALL DEPENDS ${texts})
