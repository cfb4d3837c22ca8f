# frozen_string_literal: true

require "mail_room"

module MailRoom
  # What is particular to an inbox on an IMAP server.
  module IMAP
    autoload :Connection, "mail_room/imap/connection"
    autoload :Message, "mail_room/imap/message"
  end
end
