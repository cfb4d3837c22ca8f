# frozen_string_literal: true

# Not of "mail_room", which requires this file.
require "rails"

module MailRoom
  # Gives its rake tasks to an application on Rails. Loaded with the gem where Rails was loaded before it, as
  # `config/application.rb` has it: `require "rails/all"`, then `Bundler.require`.
  class Railtie < ::Rails::Railtie
    rake_tasks do
      require "mail_room/tasks"
      Tasks.define # once more, in case Rake has begun anew since
    end
  end
end
