# frozen_string_literal: true

require "mail_room"

module MailRoom
  # What is particular to an inbox on Microsoft Graph.
  module MicrosoftGraph
    autoload :Connection, "mail_room/microsoft_graph/connection"
  end
end
