# frozen_string_literal: true

class GitlabReceiver
  # A configured address such as `incoming+%{key}@example.com`.
  class Wildcard
    PLACEHOLDER = Regexp.escape("%{key}")

    # @param text [String]
    def initialize(text)
      pattern = Regexp.escape(text).sub(PLACEHOLDER) { "(.+)" }
      @pattern = /\A<?#{pattern}>?\z/
    end

    # @param candidate [String]
    # @return [String, nil]
    def key(candidate)
      @pattern.match(candidate).to_a[1]
    end
  end
end
