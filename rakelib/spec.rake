# frozen_string_literal: true

require "rspec/core/rake_task"
require_relative "side_by_side"

desc "Run the specs, several processes at a time; SPEC=file runs that file, with SPEC_OPTS"
task spec: %i[compile crash_points] do
  if ENV["SPEC"] || ENV["SPEC_OPTS"]
    Rake::Task["spec:in_a_row"].invoke
  else
    SideBySide.new.run || abort
  end
end

namespace :spec do
  RSpec::Core::RakeTask.new(in_a_row: %i[compile crash_points])

  desc "Write down what each file of the last run of all specs took, so that the next shares them out evenly"
  task(:times) { SideBySide.new.record }
end
