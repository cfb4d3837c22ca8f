# frozen_string_literal: true

require "mail_room"

module MailRoom
  # Logs that Ruby code writes; the native part writes its own lines in the same form.
  module Logger
    autoload :Structured, "mail_room/logger/structured"
  end
end
