DROP TABLE user_search_state;
DROP TRIGGER user_search_deleted;
DROP TABLE user_search_tokens;
DROP TABLE user_search;
