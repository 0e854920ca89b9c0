import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [
    {
      title: 'functions of one name, and a procedure; another setting is not enough',
      sql: `CREATE SCHEMA "My app";
        CREATE FUNCTION "My app".peek(a int) RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION "My app".peek(a text, b int DEFAULT 3) RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1';
        CREATE PROCEDURE tidy() SECURITY DEFINER SET work_mem = '4MB' LANGUAGE sql AS 'SELECT 1';`,
    },
  ],
  quiet: [
    {
      title: 'with a search path, with the rights of the caller, or compiled',
      sql: `CREATE FUNCTION a() RETURNS int SECURITY DEFINER SET search_path = public, pg_temp LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION b() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION c(int, int) RETURNS int SECURITY DEFINER LANGUAGE internal AS 'int4pl';`,
    },
    {
      title: 'of an extension',
      sql: `CREATE EXTENSION hstore; CREATE FUNCTION a() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1';
        ALTER EXTENSION hstore ADD FUNCTION a();`,
    },
  ],
}
