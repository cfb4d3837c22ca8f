# frozen_string_literal: true

require "support/rake_project"
require "tmpdir"

# With the system's Rails, in a process of its own. A whole application stands in spec/integration/rails_*.
RSpec.describe "mail_room/railtie" do # rubocop:disable RSpec/DescribeClass -- it needs Rails
  # @param before [String] what is required before the gem
  # @return [String] the names of the tasks
  def tasks(before)
    Dir.mktmpdir do |folder|
      project = RakeProject.new(folder, <<~RUBY)
        #{before}
        require "mail_room"
        require "rails"
        class Application < Rails::Application
          config.eager_load = false
          config.logger = Logger.new(nil)
        end
        Application.load_tasks
        namespace(:gitlab) { namespace(:incoming_email) { task(:check) { puts "its own of \#{Rails.root}" } } }
      RUBY
      [project.rake("-AT").first.scan(/^rake (gitlab:\w+:\w+(?::\w+)?)/).flatten,
       project.rake("gitlab:incoming_email:check").first]
    end
  end

  it "gives the tasks to an application on Rails, which may have its own" do
    names, check = tasks("require 'rails'")

    expect(names).to include("gitlab:incoming_email:secret:edit", "gitlab:service_desk_email:check")
    expect(check).to match(/\Aits own of \S+\n\z/)
  end

  it "is required without a circle, which Ruby warns of" do
    ["require 'rails'; require 'mail_room'", "require 'rails'; require 'mail_room/railtie'"].each do |requires|
      Dir.mktmpdir do |folder|
        output, errors, = RakeProject.new(folder, "$VERBOSE = true\n#{requires}\nputs MailRoom::Railtie").rake("-T")
        expect([output.lines.first, errors.lines.grep(/circular/)]).to eq(["MailRoom::Railtie\n", []])
      end
    end
  end

  it "is not loaded where Rails is not there yet, and can be required" do
    expect(tasks("").first).to eq(["gitlab:incoming_email:check"])
    expect(tasks("require 'mail_room/railtie'").first).to include("gitlab:incoming_email:secret:edit")
  end
end
