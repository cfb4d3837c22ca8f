# frozen_string_literal: true

module MailRoom
  # Version of the gem gitlab-mail_room-rs.
  VERSION = "0.1.0"
end
