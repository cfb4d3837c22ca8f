# frozen_string_literal: true

require "mail_room"

module MailRoom
  # Colours for people at a terminal. A pipe, a file and a terminal that cannot show them get plain text, and so does
  # whoever has set NO_COLOR (https://no-color.org: present and not empty).
  class Colour
    # Parameters of SGR (ECMA-48, section 8.3.117).
    CODES = { bold: 1, red: 31, green: 32, yellow: 33, magenta: 35 }.freeze

    # @param stream [IO] where the text goes
    # @param env [#[]] the environment
    def initialize(stream, env: ENV)
      @used = stream.tty? && env["NO_COLOR"].to_s.empty? && env["TERM"] != "dumb"
    end

    # @param text [String]
    # @param name [Symbol] one of {CODES}
    # @return [String] as it was where there are no colours
    # @raise [KeyError] for a colour there is not
    def paint(text, name)
      code = CODES.fetch(name)
      @used ? "\e[#{code}m#{text}\e[0m" : text
    end
  end
end
