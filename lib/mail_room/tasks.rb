# frozen_string_literal: true

require "mail_room"
require "rake"

module MailRoom
  # GitLab's rake tasks for incoming mail. In a Rakefile:
  #
  #   require "mail_room/tasks"
  #
  # An application on Rails has them by itself, see {Railtie}. One that has tasks of the same names, as GitLab has,
  # keeps its own, whether they are defined before these or after. To Rake, `enhance` with a block is such a definition.
  #
  # Source: check.rake and incoming_email.rake in lib/tasks/gitlab of GitLab.
  module Tasks
    autoload :Application, "mail_room/tasks/application"
    autoload :Check, "mail_room/tasks/check"
    autoload :Definition, "mail_room/tasks/definition"
    autoload :Login, "mail_room/tasks/login"
    autoload :Report, "mail_room/tasks/report"
    autoload :Service, "mail_room/tasks/service"

    # Defines those that are not there yet.
    #
    # @return [void]
    def self.define
      Definition.new(Rake.application).define
    end
  end
end

MailRoom::Tasks.define
