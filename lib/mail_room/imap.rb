# frozen_string_literal: true

module MailRoom
  # What is particular to an inbox on an IMAP server.
  module IMAP
    autoload :Message, "mail_room/imap/message"
  end
end
