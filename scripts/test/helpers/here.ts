/**
 * Imported before every other helper: the scenarios of a file run with the PostgreSQL of this machine, whether there
 * is an engine or not.
 */
process.env.TEST_RUNTIME = 'local'
